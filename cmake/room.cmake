# reeve_room(NAME DEPENDS rooms… LIBRARIES targets… TEST_DEPENDS … PRECOMPILED headers…): the folder
# src/NAME becomes
#   reeve_NAME          the static library of its *.cpp, sub-folders too
#   reeve_NAME_testing  what lies under a folder testing/: fakes and suites that other rooms' tests link
#   NAME_test           the program of its *_test.cpp, run by ctest as unit/NAME
#   X_fuzz              one program for each X_fuzz.cpp (fuzz preset), run by ctest as fuzz/X
# DEPENDS names rooms and must follow the table in ARCHITECTURE.md; TEST_DEPENDS names what only the
# tests need, without the prefix reeve_ (async_testing). PRECOMPILED names headers of lower rooms that
# most of the room's sources read: with REEVE_PRECOMPILE they, the standard library's and gmock are
# parsed once for the room. Its own headers stay out, or touching one would build the whole room.

function(reeve_link target)
  cmake_parse_arguments(link "" "" "ROOMS;LIBRARIES" ${ARGN})
  list(TRANSFORM link_ROOMS PREPEND reeve_)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL INTERFACE_LIBRARY)
    target_link_libraries(${target} INTERFACE reeve_options ${link_ROOMS} ${link_LIBRARIES})
  else()
    target_link_libraries(${target} PUBLIC reeve_options ${link_ROOMS} ${link_LIBRARIES})
  endif()
endfunction()

function(reeve_library target)
  if(ARGN)
    add_library(${target} STATIC ${ARGN})
  else()
    add_library(${target} INTERFACE)  # headers only
  endif()
endfunction()

set(reeve_precompiled_std <algorithm> <chrono> <deque> <filesystem> <fstream> <functional> <map> <memory>
  <optional> <set> <span> <string> <thread> <unordered_map> <utility> <variant> <vector>)

function(reeve_precompile target)
  if(REEVE_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${reeve_precompiled_std} ${ARGN})
    # The compiler's cache serves sources only if what they were precompiled with has no date in it.
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

function(reeve_fuzzer id source)
  get_filename_component(program ${source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" subject ${program})
  set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${subject})
  add_executable(${program} ${source})
  target_link_libraries(${program} PRIVATE reeve_${id})
  target_link_options(${program} PRIVATE -fsanitize=fuzzer)
  # New inputs go to the build folder; the corpus in the tree changes by hand only (tools/fuzz --merge).
  set(found ${CMAKE_BINARY_DIR}/corpus/${subject})
  file(MAKE_DIRECTORY ${found} ${CMAKE_BINARY_DIR}/crashes)
  set(inputs ${found})
  if(IS_DIRECTORY ${corpus})
    list(APPEND inputs ${corpus})
  endif()
  add_test(NAME fuzz/${subject}
    COMMAND ${program} -max_total_time=5 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
            -artifact_prefix=${CMAKE_BINARY_DIR}/crashes/${subject}- ${inputs})
  set_tests_properties(fuzz/${subject} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()

function(reeve_room name)
  cmake_parse_arguments(room "" "" "DEPENDS;LIBRARIES;TEST_DEPENDS;PRECOMPILED" ${ARGN})
  string(REPLACE "/" "_" id ${name})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)

  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "(_test\\.cpp$|_fuzz\\.cpp$|_main\\.cpp$|/testing/)")
  reeve_library(reeve_${id} ${sources})
  reeve_link(reeve_${id} ROOMS ${room_DEPENDS} LIBRARIES ${room_LIBRARIES})
  if(room_PRECOMPILED)
    reeve_precompile(reeve_${id} ${room_PRECOMPILED})
  endif()

  if(REEVE_TESTS)
    set(testing ${all})
    list(FILTER testing INCLUDE REGEX "/testing/")
    list(FILTER testing EXCLUDE REGEX "(_test|_fuzz)\\.cpp$")
    reeve_library(reeve_${id}_testing ${testing})
    reeve_link(reeve_${id}_testing ROOMS ${id} LIBRARIES GTest::gmock)

    set(tests ${all})
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    if(tests)
      add_executable(${id}_test ${tests})
      reeve_link(${id}_test ROOMS ${id}_testing ${room_TEST_DEPENDS}
        LIBRARIES GTest::gmock GTest::gtest_main rapidcheck rapidcheck_gtest)
      if(room_PRECOMPILED)
        reeve_precompile(${id}_test <gmock/gmock.h> <gtest/gtest.h> ${room_PRECOMPILED})
      endif()
      add_test(NAME unit/${name} COMMAND ${id}_test)
      set_tests_properties(unit/${name} PROPERTIES LABELS unit TIMEOUT 300)
    endif()
  endif()

  if(REEVE_FUZZ)
    set(fuzzers ${all})
    list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
    foreach(source IN LISTS fuzzers)
      reeve_fuzzer(${id} ${source})
    endforeach()
  endif()
endfunction()
