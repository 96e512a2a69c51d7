// The floor of files on many nodes: writes so many files, one after the other, each under another
// name, flushed and renamed, and prints each round's milliseconds as a JSON array.
//   bare_files FOLDER COUNT BYTES ROUNDS
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

int checked(int result, const char* doing) {
  if (result >= 0) return result;
  std::perror(doing);
  std::exit(1);
}

void write_file(int folder, const std::string& name, const std::string& text) {
  auto temporary = name + ".new";
  int file = checked(openat(folder, temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), "open");
  if (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    checked(-1, "write");
  checked(fsync(file), "fsync");
  checked(renameat(folder, temporary.c_str(), folder, name.c_str()), "rename");
  checked(close(file), "close");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fprintf(stderr, "usage: bare_files FOLDER COUNT BYTES ROUNDS\n");
    return 2;
  }
  int folder = checked(open(arguments[1], O_RDONLY | O_DIRECTORY), "open the folder");
  auto files = std::atoi(arguments[2]);
  std::string text(static_cast<std::size_t>(std::atoi(arguments[3])), 'x');
  auto rounds = std::atoi(arguments[4]);
  for (int round = 0; round < rounds; ++round) {
    auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < files; ++i) write_file(folder, "file-" + std::to_string(i), text);
    std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begun;
    std::printf("%s%.3f", round == 0 ? "[" : ",", taken.count());
  }
  std::printf("]\n");
}
