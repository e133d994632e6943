"""Keras's small modules by Keras's names, thin over what the project has; `wengert/__init__.py` says which are public.

    tree            nested lists, tuples and dicts               wg.tree
    settings        what programs compute in, and the like       wg.backend, wg.config
    saving          objects as descriptions and back             wg.saving
    utilities       what Keras keeps in utils                    wg.utils
    image, sequence, directories, arrays, downloads, progbar, feature_space   what the one above is made of
    preprocessing   the older place of some of these             wg.preprocessing
    dtype_policies  policies as descriptions and back            wg.dtype_policies
    wrappers        models as estimators of scikit-learn         wg.wrappers
    names           what Keras has at its top                    wg.InputSpec, wg.name_scope, ...

Most are imported by their first use.
"""
