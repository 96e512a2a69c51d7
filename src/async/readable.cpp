#include "async/readable.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace reeve::async {
namespace asio = boost::asio;

Task<Result<>> Readable::wait() {
  auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    co_return fail(Errc::cancelled, "cancelled");
  auto woken = co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                                               asio::as_tuple(asio::use_awaitable));
  auto& [error] = woken;
  if (error == asio::error::operation_aborted) co_return fail(Errc::cancelled, "cancelled");
  if (error) co_return fail(Errc::io, "cannot wait for a descriptor: {}", error.message());
  co_return Result<>();
}

}  // namespace reeve::async
