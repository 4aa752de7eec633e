"""Serve the page of another site: `python -m helpdesk.chat.demo.other --port 8090 --server http://127.0.0.1:8080`.

The help desk must know that origin: HELPDESK_ORIGINS=http://127.0.0.1:8090.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template

import click

PAGE = Template(Path(__file__).with_name("other.html").read_text(encoding="utf-8"))


def other_site(server: str, port: int, *, hostile: str = "") -> ThreadingHTTPServer:
    """Return a site that is not yet serving; `hostile` is CSS that the page then puts on everything."""
    page = PAGE.substitute(server=server)
    if hostile:
        page = page.replace("</head>", f"<style>{hostile}</style></head>")
    body, policy = page.encode(), content_policy(server, styles=bool(hostile))

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Page)


def content_policy(server: str, *, styles: bool = False) -> str:
    """Return the strictest policy under which the widget works."""
    allowed = "'unsafe-inline'" if styles else "'none'"
    return (
        f"default-src 'none'; script-src {server}; connect-src {server}; style-src {allowed}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@click.command()
@click.option("--port", default=8090, show_default=True)
@click.option("--server", default="http://127.0.0.1:8080", show_default=True, help="Where the help desk is.")
def main(port: int, server: str) -> None:
    """Serve a page of another site with the widget on it."""
    click.echo(f"http://127.0.0.1:{port}")
    other_site(server.rstrip("/"), port).serve_forever()


if __name__ == "__main__":
    main()
