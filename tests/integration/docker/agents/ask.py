"""Asks for a URL, as any program does that goes by the proxy's variables."""

import os
import sys
import urllib.request

if len(sys.argv) > 2:  # another login than our own
    _, _, address = os.environ["HTTPS_PROXY"].rpartition("@")
    os.environ["HTTPS_PROXY"] = os.environ["https_proxy"] = f"http://{sys.argv[2]}{address}"
request = urllib.request.Request(  # noqa: S310 # tests ask for what they please
    sys.argv[1], headers={"x-api-key": os.environ["MODEL_API_KEY"]}
)
try:
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 # the same
        print(answer.read().decode())
except OSError as error:
    print("refused:", error)
