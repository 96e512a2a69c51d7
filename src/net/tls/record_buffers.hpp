// The memory behind TLS records. An idle connection gives its buffers back, so each message that
// comes or goes takes one of 16 KiB and returns it; the system's allocator splits and merges its
// large free blocks every time, which costs a tenth of a push to many agents. A few such blocks are
// kept for each thread instead. Private to net/.
#pragma once

#include <cstddef>

namespace reeve::net::tls {

/// Makes OpenSSL take its memory here. Before its first use; says whether it was. Without it all
/// works the same, slower.
bool keep_record_buffers();

/// Blocks that wait for their next use by this thread.
std::size_t kept_record_buffers();

}  // namespace reeve::net::tls
