<?php
include "halaman/" . $_GET['hal']; // TEMUAN
readfile("dokumen/" . $_GET['nama']); // TEMUAN
unlink($request->input('berkas')); // TEMUAN
