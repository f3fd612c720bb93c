//! Broadcasting over atoms, lists, dictionaries and tables.
