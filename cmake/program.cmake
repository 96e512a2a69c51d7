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
