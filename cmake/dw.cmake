# What every room shares: warnings, packages, and how a test is named.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
foreach(pair JANSSON:jansson INIH:inih CRYPTO:libcrypto SSL:libssl SODIUM:libsodium ZLIB:zlib
             BURN:libburn-1 CDIO:libcdio USB:libusb-1.0 SQLITE:sqlite3
             MICROHTTPD:libmicrohttpd RSVG:librsvg-2.0 CAIRO:cairo PANGOCAIRO:pangocairo
             OPENJP2:libopenjp2 SECCOMP:libseccomp SYSTEMD:libsystemd JPEG:libjpeg PCAP:libpcap)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 name)
  list(GET pair 1 module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
endforeach()

add_library(dw_warnings INTERFACE)
target_compile_options(dw_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wpointer-arith -Wformat=2 -Wvla -Wundef -Wno-unused-parameter
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition>
  $<$<BOOL:${DW_WERROR}>:-Werror>)
add_library(dw_flags INTERFACE)
target_compile_definitions(dw_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64
  DW_VERSION="${PROJECT_VERSION}")
target_compile_options(dw_flags INTERFACE -fno-strict-aliasing -fstack-protector-strong)
if(DW_SANITIZE)
  target_compile_options(dw_flags INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
    -fno-sanitize-recover=undefined)
  target_link_options(dw_flags INTERFACE -fsanitize=address,undefined)
  if(DW_FUZZ)
    target_compile_options(dw_flags INTERFACE -fsanitize=fuzzer-no-link)
    add_custom_target(fuzz)
  endif()
else()
  target_compile_definitions(dw_flags INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)
endif()

# dw_add_library(dw_base error.c log.c ... [PUBLIC libs] [PRIVATE libs])
function(dw_add_library name)
  cmake_parse_arguments(A "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(${name} PUBLIC dw_flags ${A_PUBLIC} PRIVATE dw_warnings ${A_PRIVATE})
endfunction()

# dw_is_in_modules(dw_base): a library that programs and the modules they load have each for themselves.
function(dw_is_in_modules name)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
endfunction()

# dw_add_module(discwright-NAME SOURCES x.c [LIBS ...]): a shared object that a program loads itself (base/module.h),
# beside the programs in the build folder and in an installed tree. For libraries of ours: dw_is_in_modules().
function(dw_add_module name)
  cmake_parse_arguments(A "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} MODULE ${A_SOURCES})
  set_target_properties(${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE dw_flags dw_warnings ${A_LIBS})
  target_link_options(${name} PRIVATE LINKER:--as-needed)
  install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/discwright)
endfunction()

# dw_add_test(test_robot LABELS unit LIBS dw_robot): builds tests/test_robot.c (.cc if that is there)
function(dw_add_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "LABELS;LIBS" ${ARGN})
  if(EXISTS ${CMAKE_SOURCE_DIR}/tests/${name}.cc)
    add_executable(${name} ${CMAKE_SOURCE_DIR}/tests/${name}.cc)
  else()
    add_executable(${name} ${CMAKE_SOURCE_DIR}/tests/${name}.c)
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${A_LIBS} dw_warnings)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE DW_BIN="${CMAKE_BINARY_DIR}/bin"
    DW_SOURCE="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT}
    SKIP_RETURN_CODE 77 ENVIRONMENT "DW_CORPUS=${CMAKE_SOURCE_DIR}/../shared/corpus;UBSAN_OPTIONS=print_stacktrace=1;ASAN_OPTIONS=detect_leaks=1")
endfunction()

# dw_add_script_test(name script.sh|script.py [ARGS words...] ...): a test that is a script under tests/
function(dw_add_script_test name script)
  cmake_parse_arguments(A "" "TIMEOUT" "LABELS;ARGS" ${ARGN})
  add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/${script} ${CMAKE_BINARY_DIR} ${A_ARGS}
           WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT}
    SKIP_RETURN_CODE 77 ENVIRONMENT "DW_CORPUS=${CMAKE_SOURCE_DIR}/../shared/corpus")
endfunction()

# dw_add_fuzz(fuzz_scan LIBS dw_dicom): builds tests/fuzz/fuzz_scan.c. With DW_FUZZ a libFuzzer program in fuzz/
# (./run fuzz), otherwise a test of that name, which feeds it the kept cases of tests/fuzz/cases/scan.
function(dw_add_fuzz name)
  cmake_parse_arguments(A "" "" "LIBS" ${ARGN})
  add_executable(${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}.c)
  target_link_libraries(${name} PRIVATE ${A_LIBS} dw_warnings)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/tests/fuzz)
  if(DW_FUZZ)
    # C++, so that clang links what the checks of a module in C++ call.
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz LINKER_LANGUAGE CXX)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz ${name})
  else()
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    dw_add_script_test(${name} fuzz/replay.py ARGS ${name} LABELS unit)
  endif()
endfunction()
