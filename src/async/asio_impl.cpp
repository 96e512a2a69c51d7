// The one translation unit that compiles Boost.Asio's own sources.
#include <boost/asio/impl/src.hpp>
