# Compiler and linker settings that every target shares, as the interface library reeve_options.
option(REEVE_TESTS "Build the unit tests (needs gtest and rapidcheck; left out without them)" ON)
option(REEVE_FUZZ "Build the libFuzzer targets" OFF)
option(REEVE_PRECOMPILE "Parse each room's common headers once; hides an include that a source forgot" OFF)
option(REEVE_COVERAGE "Instrument for llvm-cov" OFF)
set(REEVE_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Every build folder of one tree shares its hits: the debug info below does not name the folder.
  # Sloppy only as far as precompiled headers need it; nothing here says __TIME__.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
# Line tables are enough for stacks and sanitizer reports, and link in half the time of full -g.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -gline-tables-only")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -gline-tables-only -ffunction-sections -fdata-sections")
# Relocations are packed: an agent reads them all when it starts, and they stay resident.
set(CMAKE_EXE_LINKER_FLAGS_RELEASE
  "-Wl,--gc-sections -Wl,--icf=safe -Wl,-O1 -Wl,-z,pack-relative-relocs")

add_library(reeve_options INTERFACE)
target_include_directories(reeve_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(reeve_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wthread-safety -Wnon-virtual-dtor -Werror
  -fno-omit-frame-pointer
  # The same source gives the same bytes wherever it lies.
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -fdebug-compilation-dir=.)
target_compile_definitions(reeve_options INTERFACE
  _GNU_SOURCE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_BEAST_SEPARATE_COMPILATION SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)
target_link_options(reeve_options INTERFACE -fuse-ld=lld-19 -Wl,--as-needed)

if(REEVE_FUZZ)
  string(PREPEND REEVE_SANITIZE "fuzzer-no-link,")
endif()
if(REEVE_SANITIZE)
  target_compile_options(reeve_options INTERFACE
    -fsanitize=${REEVE_SANITIZE} -fno-sanitize-recover=all)
  # Optimizing instrumented code nearly doubles the build; only the fuzzers live on speed.
  if(REEVE_FUZZ)
    target_compile_options(reeve_options INTERFACE -O1)
  endif()
  target_link_options(reeve_options INTERFACE -fsanitize=${REEVE_SANITIZE})
  # Recycled coroutine frames would hide a use after free from the sanitizers.
  target_compile_definitions(reeve_options INTERFACE
    BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING REEVE_SANITIZED=1)
endif()
if(REEVE_COVERAGE)
  target_compile_options(reeve_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(reeve_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
endif()

if(REEVE_TESTS)
  find_package(GTest QUIET)
  find_package(rapidcheck QUIET)
  if(NOT GTest_FOUND OR NOT rapidcheck_FOUND)
    message(STATUS "No gtest or rapidcheck here: the unit tests are left out")
    set(REEVE_TESTS OFF)
  endif()
endif()
