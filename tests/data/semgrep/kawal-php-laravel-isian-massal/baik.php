<?php
$pasar = Pasar::create($request->validated());
$pasar->update($request->only(['nama', 'alamat']));
