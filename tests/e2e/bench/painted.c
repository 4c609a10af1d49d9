// Starts a program and tells when there is text in a part of the screen:
//   painted X Y WIDTH HEIGHT PROGRAM [ARGUMENTS...]
// Prints the milliseconds from the start of the program to the first look at which the part held dark ink on a light ground,
// then ends the program and everything it started. It looks at the pixels themselves, so every program is judged alike.
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double LIMIT_MS = 60000;
static const int DARK = 110;  // the sum of three channels is compared with three times this
static const int LIGHT = 200;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

// A screen without a window is black all over, so ink counts only on a ground that is mostly light.
static int holds_text(Display *display, int x, int y, int width, int height) {
  XImage *image = XGetImage(display, DefaultRootWindow(display), x, y, width, height, AllPlanes, ZPixmap);
  if (!image) return 0;
  int dark = 0, light = 0;
  for (int row = 0; row < height; row++) {
    for (int column = 0; column < width; column++) {
      unsigned long pixel = XGetPixel(image, column, row);
      int sum = (int)((pixel >> 16 & 255) + (pixel >> 8 & 255) + (pixel & 255));
      dark += sum < 3 * DARK;
      light += sum > 3 * LIGHT;
    }
  }
  XDestroyImage(image);
  int all = width * height;
  return dark * 200 > all && light * 2 > all;
}

int main(int count, char **words) {
  if (count < 6) {
    fputs("painted X Y WIDTH HEIGHT PROGRAM [ARGUMENTS...]\n", stderr);
    return 2;
  }
  int x = atoi(words[1]), y = atoi(words[2]), width = atoi(words[3]), height = atoi(words[4]);
  Display *display = XOpenDisplay(NULL);
  if (!display) {
    fputs("no screen\n", stderr);
    return 1;
  }
  double started = now_ms();
  pid_t child = fork();
  if (child == 0) {
    close(ConnectionNumber(display));
    setpgid(0, 0);
    execv(words[5], words + 5);
    _exit(127);
  }
  setpgid(child, child);
  int seen = 0, ended = 0;
  double took = 0;
  while (!seen && !ended && took < LIMIT_MS) {
    usleep(1000);
    seen = holds_text(display, x, y, width, height);
    took = now_ms() - started;
    ended = waitpid(child, NULL, WNOHANG) == child;
  }
  kill(-child, SIGKILL);
  if (!ended) waitpid(child, NULL, 0);
  if (!seen) {
    fputs(ended ? "the program ended before it showed anything\n" : "no text in that part of the screen\n", stderr);
    return 1;
  }
  printf("%.1f\n", took);
  return 0;
}
