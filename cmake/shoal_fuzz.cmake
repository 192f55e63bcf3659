# shoal_fuzz(NAME_fuzz.cc LIBRARIES link targets): the program NAME_fuzz from a source that defines
# LLVMFuzzerTestOneInput.
#   preset fuzz   a libFuzzer target with AddressSanitizer and UBSan, made only when it is named
#   other presets a program that runs the target once on every file of its committed corpus,
#                 tests/data/fuzz_corpus/NAME: a test with label `unit`
option(SHOAL_FUZZ "make libFuzzer targets; needs clang" OFF)

function(shoal_fuzz source)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  string(REGEX REPLACE "\\.cc$" "" target ${source})
  string(REGEX REPLACE "_fuzz$" "" name ${target})
  set(corpus ${PROJECT_SOURCE_DIR}/tests/data/fuzz_corpus/${name})
  if(SHOAL_FUZZ)
    add_executable(${target} EXCLUDE_FROM_ALL ${source})
    target_compile_definitions(${target} PRIVATE SHOAL_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${target} ${source} ${PROJECT_SOURCE_DIR}/cmake/fuzz_replay.cc)
    add_test(NAME Fuzz.TakesEveryFileOfItsCorpus.${name} COMMAND ${target} ${corpus})
    set_tests_properties(Fuzz.TakesEveryFileOfItsCorpus.${name} PROPERTIES LABELS unit TIMEOUT 120)
  endif()
  target_compile_options(${target} PRIVATE ${SHOAL_WARNINGS})
  target_link_libraries(${target} PRIVATE ${ARG_LIBRARIES})
endfunction()
