/* Loaded before libc: while the file named by STALL_WHILE exists, every sync of a file waits. So does a
 * disk whose cache is full. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_while_stalled(void) {
  const char *path = getenv("STALL_WHILE");
  while (path != NULL && access(path, F_OK) == 0) usleep(1000);
}

int fsync(int fd) {
  static int (*next)(int);
  if (next == NULL) next = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_while_stalled();
  return next(fd);
}

int fdatasync(int fd) {
  static int (*next)(int);
  if (next == NULL) next = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_while_stalled();
  return next(fd);
}
