#include "agent/log_stream.hpp"

#include <utility>

namespace reeve::agent {

LogStream::LogStream(async::BlockingPool& pool, supervise::LogPlace place,
                     supervise::LogChoice choice, bool follows)
    : pool_(pool),
      reader_(std::make_shared<supervise::LogReader>(std::move(place), choice)),
      follows_(follows) {}

Task<Result<>> LogStream::send(async::Loop& loop, Write write) {
  std::function<Result<std::string>()> read = [reader = reader_] { return reader->read(); };
  while (true) {
    CO_TRY_ASSIGN(auto piece, co_await pool_.run(read));
    bool is_cancelled = co_await async::is_cancelled();
    if (is_cancelled) co_return fail(Errc::cancelled, "nobody reads this log any more");
    if (!piece.empty()) {
      auto writing = write(std::move(piece));
      CO_TRY(co_await std::move(writing));
    } else if (follows_) {
      CO_TRY(co_await loop.sleep_for(kLookAgain));
    } else {
      co_return Result<>();
    }
  }
}

}  // namespace reeve::agent
