//! All tests that look at the program from outside its modules, in one binary.
