# A desktop of the test's own on its session bus: it shows notices, and holds the icons beside the clock with their menus. Each thing that
# happens is a line of JSON; each line that comes in is a wish: {"menu": true}, {"press": "words of an entry"}.
import json
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

NOTICES = """<node><interface name="org.freedesktop.Notifications">
  <method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/>
    <arg type="i" direction="in"/><arg type="u" direction="out"/></method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
    <arg type="s" direction="out"/></method>
</interface></node>"""
WATCHER = """<node><interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
  <signal name="StatusNotifierHostRegistered"/>
</interface></node>"""
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"


def tell(**what):
    print(json.dumps(what), flush=True)


bus = Gio.bus_get_sync(Gio.BusType.SESSION)
items = {}


def ask(owner, path, interface, method, arguments):
    return bus.call_sync(owner, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 10_000, None)


def notices(_bus, _sender, _path, _interface, method, arguments, call):
    if method == "Notify":
        name, _, _, title, body, actions, hints, _ = arguments.unpack()
        tell(notice=title, body=body, by=name, actions=actions, hints=sorted(hints))
        call.return_value(GLib.Variant("(u)", (1,)))
    elif method == "GetCapabilities":
        call.return_value(GLib.Variant("(as)", (["body"],)))
    elif method == "GetServerInformation":
        call.return_value(GLib.Variant("(ssss)", ("test", "test", "1", "1.2")))
    else:
        call.return_value(None)


def watcher(_bus, sender, _path, _interface, method, arguments, call):
    if method == "RegisterStatusNotifierItem":
        (path,) = arguments.unpack()
        items[sender] = path if path.startswith("/") else "/StatusNotifierItem"
        tell(icon=items[sender])
    call.return_value(None)


def of_watcher(_bus, _sender, _path, _interface, name):
    if name == "RegisteredStatusNotifierItems":
        return GLib.Variant("as", list(items.values()))
    return GLib.Variant("b", True) if name == "IsStatusNotifierHostRegistered" else GLib.Variant("i", 0)


def serve(name, path, xml, called, read=None):
    interface = Gio.DBusNodeInfo.new_for_xml(xml).interfaces[0]
    bus.register_object(path, interface, called, read, None)
    ask("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", GLib.Variant("(su)", (name, 0)))


def seen():
    """The icon as a desktop would draw it: its words, its picture, and its menu."""
    (owner, path), = items.items()
    read = lambda name: ask(owner, path, "org.freedesktop.DBus.Properties", "Get", GLib.Variant("(ss)", (ITEM, name))).unpack()[0]
    menu = read("Menu")
    layout = ask(owner, menu, MENU, "GetLayout", GLib.Variant("(iias)", (0, -1, []))).unpack()[1]
    entries = []

    def walk(node):
        number, properties, children = node
        if number:
            entries.append({"number": number, "words": properties.get("label", ""), "kind": properties.get("type", "standard"),
                            "enabled": properties.get("enabled", True), "ticked": properties.get("toggle-state", -1) == 1})
        for child in children:
            walk(child)

    walk(layout)
    return owner, menu, {"title": read("Title"), "picture": read("IconName"), "status": read("Status"), "entries": entries}


def wish(source, _condition):
    line = source.readline()
    if not line:
        loop.quit()
        return False
    wanted = json.loads(line)
    try:
        owner, menu, icon = seen()
        if "press" in wanted:
            entry = next(one for one in icon["entries"] if one["words"].replace("_", "") == wanted["press"])
            ask(owner, menu, MENU, "Event", GLib.Variant("(isvu)", (entry["number"], "clicked", GLib.Variant("i", 0), 0)))
            tell(pressed=entry["words"])
        else:
            tell(seen=icon)
    except Exception as error:  # whoever asked says what it means
        tell(failed=str(error))
    return True


serve("org.freedesktop.Notifications", "/org/freedesktop/Notifications", NOTICES, notices)
serve("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", WATCHER, watcher, of_watcher)
loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, wish)
tell(ready=True)
loop.run()
