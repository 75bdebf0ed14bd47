# cmake -DINPUT=page.md -DOUTPUT=page.inc -P EmbedText.cmake: a text file as a C++ string literal.
file(READ "${INPUT}" text)
file(WRITE "${OUTPUT}" "R\"~~~(${text})~~~\"\n")
