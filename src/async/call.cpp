#include "async/call.hpp"

namespace reeve::async {

Task<bool> is_cancelled() {
  auto state = co_await boost::asio::this_coro::cancellation_state;
  co_return state.cancelled() != boost::asio::cancellation_type::none;
}

}  // namespace reeve::async
