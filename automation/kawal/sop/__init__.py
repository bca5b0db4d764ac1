"""A local government's procedure as data: profiles, national layer, decisions of the Dinas, and the clock."""
