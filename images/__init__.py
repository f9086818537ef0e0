"""Makes the images of a release out of Debian packages, wheels and this checkout, without a container engine: `make images`.

The layers are the same bytes whenever and wherever they are made from the same commit; the test cluster runs them.
"""
