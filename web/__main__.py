"""`python -m web`: the hook and the page as one process, as the environment describes them."""

import argparse

import uvicorn


def main() -> None:
    """Serve until told to stop; logs go our way (runtime.logging), not uvicorn's."""
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    asked = parser.parse_args()
    uvicorn.run(
        "web.app:from_environment",
        factory=True,
        host=asked.host,
        port=asked.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    main()
