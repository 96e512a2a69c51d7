# What `reeve --version` says. The date is that of the last commit (or SOURCE_DATE_EPOCH), taken at
# configure time: the same sources give the same bytes, and an ordinary build recompiles nothing.
# src/base/version.cpp alone is compiled with these, see version.hpp.
set(epoch "$ENV{SOURCE_DATE_EPOCH}")
if(NOT epoch)
  find_package(Git QUIET)
  if(GIT_FOUND)
    execute_process(COMMAND ${GIT_EXECUTABLE} -C ${PROJECT_SOURCE_DIR} log -1 --format=%ct
      OUTPUT_VARIABLE epoch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
if(NOT epoch)
  set(epoch 0)  # sources without a history, e.g. a tarball built without SOURCE_DATE_EPOCH
endif()
set(ENV{SOURCE_DATE_EPOCH} ${epoch})
string(TIMESTAMP REEVE_BUILD_DATE "%Y-%m-%d" UTC)
unset(ENV{SOURCE_DATE_EPOCH})
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/base/version.cpp PROPERTIES
  COMPILE_DEFINITIONS
  "REEVE_VERSION=\"${PROJECT_VERSION}\";REEVE_BUILD_DATE=\"${REEVE_BUILD_DATE}\"")
