# Designated initialisers leave fields at their defaults: that is no mistake.
set(SHOAL_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wno-missing-field-initializers -Werror)

# shoal_module(NAME
#   DEPENDS   modules that this one may include: its line in ARCHITECTURE.md
#   LIBRARIES other link targets
#   SOURCES   .cc files
#   TESTS     *_test.cc files, one test program <NAME>_test with ctest label `unit`
#   TEST_LIBRARIES  what only the tests link)
# makes the target shoal_<NAME>. Headers are included as "<module>/<file>.h".
function(shoal_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES;SOURCES;TESTS;TEST_LIBRARIES" ${ARGN})
  list(TRANSFORM ARG_DEPENDS PREPEND shoal_)
  set(target shoal_${name})
  if(ARG_SOURCES)
    add_library(${target} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
    target_compile_options(${target} PRIVATE ${SHOAL_WARNINGS})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} ${scope} ${ARG_DEPENDS} ${ARG_LIBRARIES})
  if(ARG_TESTS)
    add_executable(${name}_test ${ARG_TESTS})
    target_compile_options(${name}_test PRIVATE ${SHOAL_WARNINGS})
    target_compile_definitions(${name}_test PRIVATE SHOAL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name}_test PRIVATE ${target} ${ARG_TEST_LIBRARIES} GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${name}_test PROPERTIES LABELS unit TIMEOUT 120 DISCOVERY_TIMEOUT 60)
  endif()
endfunction()
