"""Messages and stubs of ../proto/public.proto, made as the program starts. Programs that are installed make them
beforehand, as docs/clients.md shows."""

import pathlib
import sys

import grpc

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "proto"))
messages, services = grpc.protos_and_services("public.proto")
