# shoal_embed_text(TARGET FILE NAME): the text of FILE as `inline constexpr char NAME[]` in
# namespace shoal, for the own sources of TARGET to include as "NAME.inc".
function(shoal_embed_text target file name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  file(CONFIGURE OUTPUT ${folder}/${name}.inc @ONLY CONTENT
    "namespace shoal {\ninline constexpr char @name@[] = R\"embedded(@text@)embedded\";\n}\n")
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
