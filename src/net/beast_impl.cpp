// The one translation unit that compiles Boost.Beast's own sources.
#include <boost/beast/src.hpp>
