// The memory of this process, where a program can do something about it. Any thread.
#pragma once

namespace reeve::sys {

/// Takes out of this process' resident memory the code and constants of the program and its
/// libraries; what is used again comes back page by page from the page cache. Worth it once much
/// has run that will not run again: what a start needs is most of a small program's memory.
void shed_code();

}  // namespace reeve::sys
