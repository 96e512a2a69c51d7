// The program `reeve`. What it does is in cli/.

#include "cli/cli.hpp"

int main(int argc, char** argv) { return reeve::cli::run(argc, argv); }
