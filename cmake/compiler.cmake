# Language level, warnings, sanitizers, linker and compiler cache: everything that is true of each target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(LAYER_CCACHE ccache)
if(LAYER_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/tools/compile)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                    -Wextra-semi -Wimplicit-fallthrough -Wthread-safety)
if(LAYER_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Line tables keep sanitizer reports readable at a third of the size and link time of full debug info.
  add_compile_options(-gline-tables-only -O1 -fno-omit-frame-pointer)
endif()
if(LAYER_SANITIZER)
  add_compile_options(-fsanitize=${LAYER_SANITIZER} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LAYER_SANITIZER})
endif()
if(LAYER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(LAYER_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate -fcoverage-mapping)
endif()

find_program(LAYER_LLD NAMES ld.lld-19)
if(LAYER_LLD)
  add_link_options(-fuse-ld=${LAYER_LLD})
endif()
add_link_options(-Wl,--as-needed)

# A precompiled header without its time stamp is the same file for the same input, so ccache can keep it.
add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
