# SPDX-License-Identifier: MIT
"""As much of an LV2 host as a test needs: a plugin's descriptor, called in this process, and what a host tells it."""

import ctypes


class Feature(ctypes.Structure):
    _fields_ = [("uri", ctypes.c_char_p), ("data", ctypes.c_void_p)]


class Option(ctypes.Structure):
    _fields_ = [("context", ctypes.c_int), ("subject", ctypes.c_uint32), ("key", ctypes.c_uint32), ("size", ctypes.c_uint32),
                ("type", ctypes.c_uint32), ("value", ctypes.c_void_p)]


class Descriptor(ctypes.Structure):
    _fields_ = [("uri", ctypes.c_char_p),
                ("instantiate", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_double, ctypes.c_char_p, ctypes.c_void_p)),
                ("connect_port", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p)),
                ("activate", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
                ("run", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32)),
                ("deactivate", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
                ("cleanup", ctypes.CFUNCTYPE(None, ctypes.c_void_p))]


def told_features(frames):
    """What a host gives that tells its nominal block length, and what has to stay alive meanwhile."""
    uris = [b""]
    number_of = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_char_p)(
        lambda _, uri: uris.index(uri) if uri in uris else uris.append(uri) or len(uris) - 1)
    mapping = (ctypes.c_void_p * 2)(None, ctypes.cast(number_of, ctypes.c_void_p))
    value = ctypes.c_int32(frames)
    nominal = number_of(None, b"http://lv2plug.in/ns/ext/buf-size#nominalBlockLength")
    options = (Option * 2)(Option(key=nominal, size=4, value=ctypes.cast(ctypes.byref(value), ctypes.c_void_p)))
    features = (ctypes.POINTER(Feature) * 3)(
        *(ctypes.pointer(Feature(uri, ctypes.cast(data, ctypes.c_void_p)))
          for uri, data in ((b"http://lv2plug.in/ns/ext/urid#map", mapping),
                            (b"http://lv2plug.in/ns/ext/options#options", options))))
    return features, (number_of, mapping, value, options)


def plugin_of(path):
    """The first descriptor of a plugin's shared object."""
    library = ctypes.CDLL(path)
    library.lv2_descriptor.restype = ctypes.POINTER(Descriptor)
    return library.lv2_descriptor(0).contents
