# cmake -DFOLDER=pages -DOUTPUT=pages.inc -P EmbedPages.cmake: a folder of Markdown files as
# elements {"name", "text"} of a C++ array.
file(GLOB pages ${FOLDER}/*.md)
set(elements "")
foreach(page IN LISTS pages)
  get_filename_component(name ${page} NAME_WE)
  file(READ ${page} text)
  string(APPEND elements "{\"${name}\", R\"~~~(${text})~~~\"},\n")
endforeach()
file(WRITE ${OUTPUT} "${elements}")
