"""A Secret Service that takes every question and answers none: run it inside dbus-run-session, then the command after it.

``python silent_service.py COMMAND…``: owns org.freedesktop.secrets, then runs COMMAND and ends with its status.
"""

import subprocess
import sys
import threading

from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection

connection = open_dbus_connection(bus="SESSION")
bus = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
answer = connection.send_and_get_reply(new_method_call(bus, "RequestName", "su", ("org.freedesktop.secrets", 4)))
assert answer.body == (1,), answer


def listen() -> None:
    """Reads, so that nobody's questions pile up, and stays silent."""
    while True:
        connection.receive()


threading.Thread(target=listen, daemon=True).start()
sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
