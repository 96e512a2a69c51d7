// Task<T>: a coroutine of this system. House rules (checked by tools/check-coroutines): parameters
// by value, no capturing lambdas, one co_await per statement into a named local.
#pragma once

#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>

namespace reeve {

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace reeve
