<?php
$pasar = Pasar::create($request->all()); // TEMUAN
$pasar->update($request->all()); // TEMUAN
