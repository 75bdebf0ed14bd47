# `cmake --install`: the tool, the archives that it links into artifacts (found
# relative to the tool, so any prefix will do), and the header that artifacts'
# headers include.
# MLIR's library lies in LLVM's own folder, where the loader does not look.
set_target_properties(rondo PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS rondo RUNTIME DESTINATION bin)
install(TARGETS rondo_rt rondo_onednn ARCHIVE DESTINATION lib/rondo)
install(FILES runtime/include/rondo/rondo.h DESTINATION include/rondo)
install(FILES LICENSE README.md DESTINATION share/doc/rondo)
