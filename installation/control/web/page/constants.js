"use strict";
// Written by `python -m installation.control.web.constants`; a test compares.

const BASE = "art-installation";
const LARGEST_PAYLOAD = 65536;
const MOST_STYLES = 200;
const LARGEST_WEIGHT = 1000000;
const PLACES = 3;
const CLOSE = 0.006;
const PACE_MS = 200;
const SEEDS = 1000000;
const NONE = "none";
const PHASES = ["visitor", "attract", "closed", "off"];
const ONLINE = "online";
const OFFLINE = "offline";
const ON = "ON";
const OFF = "OFF";
const NAME = /^(?:[a-z0-9][a-z0-9-]{0,62})$/;
const NUMBER = /^(?:[0-9]{0,4}\.?[0-9]{1,20}(?:[eE][+-]?[0-9]{1,3})?)$/;
