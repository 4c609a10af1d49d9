"""Asks a window to close, as the button in its frame does.  usage: close-window.py WINDOW_ID   (DISPLAY names the screen)"""
import ctypes
import sys

X = ctypes.CDLL("libX11.so.6")
X.XOpenDisplay.restype = ctypes.c_void_p
X.XInternAtom.restype = ctypes.c_ulong
X.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
X.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
X.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]

CLIENT_MESSAGE = 33


class ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("room_of_other_events", ctypes.c_long * 12),
    ]


display = X.XOpenDisplay(None)
if not display:
    sys.exit("no display")
window = int(sys.argv[1])
message = ClientMessage(
    type=CLIENT_MESSAGE, window=window, message_type=X.XInternAtom(display, b"WM_PROTOCOLS", 0), format=32
)
message.data[0] = X.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
X.XSendEvent(display, window, 0, 0, ctypes.byref(message))
X.XSync(display, 0)
