"""Types what comes on standard input as a scanner does: keys of the system's own, so many milliseconds apart by the clock of the X
server, which is given all of them at once and waits between them by itself.  usage: scan-keys.py MILLISECONDS   (DISPLAY names the screen)"""
import ctypes
import sys

X = ctypes.CDLL("libX11.so.6")
T = ctypes.CDLL("libXtst.so.6")
X.XOpenDisplay.restype = ctypes.c_void_p
X.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
X.XKeysymToKeycode.restype = ctypes.c_ubyte
X.XkbKeycodeToKeysym.argtypes = [ctypes.c_void_p, ctypes.c_ubyte, ctypes.c_uint, ctypes.c_uint]
X.XkbKeycodeToKeysym.restype = ctypes.c_ulong
X.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
T.XTestFakeKeyEvent.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong]

RETURN, TAB, SHIFT, CONTROL = 0xFF0D, 0xFF09, 0xFFE1, 0xFFE3

display = X.XOpenDisplay(None)
if not display:
    sys.exit("no display")
each = int(sys.argv[1])
# No scanner holds a key; where the server is late with letting one go it must not repeat it.
X.XAutoRepeatOff.argtypes = [ctypes.c_void_p]
X.XAutoRepeatOff(display)


def press(symbol, with_control=False):
    code = X.XKeysymToKeycode(display, symbol)
    if not code:
        sys.exit(f"no key of this keyboard gives {symbol:#x}")
    shifted = X.XkbKeycodeToKeysym(display, code, 0, 0) != symbol
    held = ([CONTROL] if with_control else []) + ([SHIFT] if shifted else [])
    held = [X.XKeysymToKeycode(display, one) for one in held]
    # The pause comes before the first of these keys; the server makes it, so that no other load makes it longer.
    strokes = [(one, 1) for one in held] + [(code, 1), (code, 0)] + [(one, 0) for one in reversed(held)]
    for at, (one, down) in enumerate(strokes):
        T.XTestFakeKeyEvent(display, one, down, each if at == 0 else 0)


for letter in sys.stdin.buffer.read().decode("ascii"):
    if letter in "\n\r":
        press(RETURN)
    elif letter == "\t":
        press(TAB)
    elif letter < " ":
        press(ord(letter) + 0x40, with_control=True)
    else:
        press(ord(letter))
X.XSync(display, 0)
