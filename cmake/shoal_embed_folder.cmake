# shoal_embed_folder(TARGET FOLDER NAME): the files of FOLDER, and of folders in it, as
# `inline constexpr EmbeddedFile NAME[]` (base/embedded_file.h) in namespace shoal, for the own
# sources of TARGET to include as "NAME.inc". Done as CMake configures, again after each change.
find_program(GZIP gzip REQUIRED)

# The bytes of `file` as the elements of an array of char.
function(shoal_bytes_of file to)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  set(${to} "${bytes}" PARENT_SCOPE)
endfunction()

function(shoal_embed_folder target folder name)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS LIST_DIRECTORIES false RELATIVE ${folder} ${folder}/*)
  if(NOT files)
    message(FATAL_ERROR "${folder} has no files")
  endif()
  set(into ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  file(MAKE_DIRECTORY ${into})
  set(arrays "")
  set(rows "")
  set(number 0)
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${file})
    # Without name and time: the same bytes each time.
    execute_process(COMMAND ${GZIP} -9 -n -c ${folder}/${file} OUTPUT_FILE ${into}/${name}.gz
      COMMAND_ERROR_IS_FATAL ANY)
    shoal_bytes_of(${folder}/${file} bytes)
    shoal_bytes_of(${into}/${name}.gz gzip)
    file(SIZE ${folder}/${file} size)
    file(SIZE ${into}/${name}.gz gzip_size)
    file(SHA256 ${folder}/${file} sha256)
    # The zero: no array is empty.
    string(APPEND arrays "inline constexpr char ${name}${number}[] = {${bytes}0};\n"
      "inline constexpr char ${name}${number}Gzip[] = {${gzip}0};\n")
    string(APPEND rows "    {.name = \"${file}\",\n     .sha256 = \"${sha256}\",\n"
      "     .bytes = {${name}${number}, ${size}},\n"
      "     .gzip = {${name}${number}Gzip, ${gzip_size}}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${into}/${name}.inc @ONLY CONTENT
    "#include \"base/embedded_file.h\"\n\nnamespace shoal {\n@arrays@\ninline constexpr EmbeddedFile @name@[] = {\n@rows@};\n}\n")
  target_include_directories(${target} PRIVATE ${into})
endfunction()
