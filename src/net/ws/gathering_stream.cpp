#include "net/ws/gathering_stream.hpp"

#include <boost/asio/write.hpp>

namespace reeve::net {
namespace {

constexpr std::size_t kMostAtOnce = std::size_t{64} * 1024;

}  // namespace

ErrorCode GatheringStream::flush() {
  if (is_flushing_) return asio::error::would_block;
  std::string_view rest = gathered_;
  ErrorCode error;
  while (!rest.empty() && !error) rest.remove_prefix(stream_.try_write(rest, {}, error));
  if (error == asio::error::would_block) {
    leaving_.assign(rest);
    flush_rest();
  }
  // An idle connection keeps no buffer.
  std::string().swap(gathered_);
  return error;
}

void GatheringStream::flush_rest() {
  is_flushing_ = true;
  auto count = [this](const ErrorCode& error, std::size_t) {
    ++progress_;
    return error ? 0 : kMostAtOnce;
  };
  asio::async_write(stream_, asio::buffer(leaving_), count,
                    [this, owner = owner_.lock()](const ErrorCode& error, std::size_t) {
                      is_flushing_ = false;
                      std::string().swap(leaving_);
                      auto now = error ? error : flush();
                      if (now == asio::error::would_block) return;
                      if (is_last_) stream_.shut_down_sending();
                      if (owner) owner->on_flushed(now);
                    });
}

void GatheringStream::shut_down_sending() {
  is_last_ = true;
  if (!is_flushing_) stream_.shut_down_sending();
}

void teardown(boost::beast::role_type, GatheringStream& gathering, ErrorCode& error) {
  gathering.shut_down_sending();
  error = {};
}

}  // namespace reeve::net
