<?php
header("Location: /beranda");
header("Location: /cari?q=" . urlencode($_GET['q']));
header('Content-Disposition: attachment; filename="' . $_GET['nama'] . '"');
return Redirect::route('beranda', ['id' => $request->id]);
