"""The clip that is shipped for the demonstration and the tests; its sources and licences are in LICENSE.md."""
