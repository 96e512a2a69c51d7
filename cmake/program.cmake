# The program `reeve`, at build/<preset>/reeve, and what `cmake --install` puts where.
function(reeve_program)
  if(NOT EXISTS ${PROJECT_SOURCE_DIR}/src/main.cpp)
    return()
  endif()
  include(GNUInstallDirs)
  add_executable(reeve ${PROJECT_SOURCE_DIR}/src/main.cpp)
  target_link_libraries(reeve PRIVATE reeve_cli)
  set_target_properties(reeve PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  install(TARGETS reeve RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES README.md README.zh-CN.md CHANGELOG.md LICENSE SECURITY.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
  install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
endfunction()

# The static program `reeve-keeper`, beside it. It must run wherever it is copied, whatever is
# installed there, and be small in memory; the sanitizers do without the first. It has one thread, and
# its children share its memory until they execute, which the thread sanitizer does not live through:
# then it is built without, for the tests of the rooms that run it.
function(reeve_keeper_program)
  include(GNUInstallDirs)
  add_executable(reeve-keeper ${PROJECT_SOURCE_DIR}/src/keeper/keeper_main.cpp)
  if(REEVE_SANITIZE MATCHES thread)
    get_target_property(sources reeve_keeper SOURCES)
    target_sources(reeve-keeper PRIVATE ${sources})
    target_include_directories(reeve-keeper PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_compile_definitions(reeve-keeper PRIVATE _GNU_SOURCE)
  else()
    target_link_libraries(reeve-keeper PRIVATE reeve_keeper)
  endif()
  if(NOT REEVE_SANITIZE AND NOT REEVE_COVERAGE)
    target_link_options(reeve-keeper PRIVATE -static)
  endif()
  set_target_properties(reeve-keeper PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  install(TARGETS reeve-keeper RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
