"""Run by .ci/run with the extra `server` alone: it must hold all that serving needs. Takes the command's path."""

import subprocess
import sys
import time
from pathlib import Path

import httpx2 as httpx

PORT = 18765
PHOTO = Path(__file__).parents[2] / "installation" / "training" / "photos" / "astronaut.webp"


def main() -> None:
    """Serve, ask once, and stop."""
    address = f"http://127.0.0.1:{PORT}"
    with subprocess.Popen([sys.argv[1], "serve", "--port", str(PORT)]) as process:
        try:
            for _ in range(600):
                try:
                    httpx.get(f"{address}/healthz")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            answer = httpx.post(f"{address}/v1/paint?size=256", content=PHOTO.read_bytes(), timeout=60)
            assert answer.content.startswith(b"\x89PNG"), answer.text
        finally:
            process.terminate()
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()
