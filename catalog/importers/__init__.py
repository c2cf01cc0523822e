"""How catalogs come in: files of tables, Jamendo, and the generated demo catalog."""
