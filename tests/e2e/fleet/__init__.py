"""A fleet of booted systemd machines inside one machine: what deploy/ and systemd/ are believed on."""
