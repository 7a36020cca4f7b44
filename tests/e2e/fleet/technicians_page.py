"""Asks the technician's page: ``python technicians_page.py URL CA_FILE PASSWORD`` prints the status and the answer."""

import base64
import ssl
import sys
import urllib.error
import urllib.request


def main() -> None:
    url, authority, password = sys.argv[1:]
    request = urllib.request.Request(url)  # noqa: S310 - https, as the test gives it
    request.add_header("Authorization", "Basic " + base64.b64encode(f"technician:{password}".encode()).decode())
    try:
        with urllib.request.urlopen(  # noqa: S310
            request, timeout=10, context=ssl.create_default_context(cafile=authority)
        ) as answer:
            print(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        print(error.code)


if __name__ == "__main__":
    main()
