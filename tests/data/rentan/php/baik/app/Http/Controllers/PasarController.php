<?php

namespace App\Http\Controllers;

use App\Models\Pasar;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\DB;

class PasarController
{
    public function cari(Request $request)
    {
        return DB::select("SELECT * FROM pasar WHERE nama = ?", [$request->input("nama")]);
    }

    public function simpan(PasarRequest $request)
    {
        return Pasar::create($request->validated());
    }

    public function daftar(Request $request)
    {
        $sandi = password_hash($request->input("sandi"), PASSWORD_DEFAULT);
        return redirect("/beranda");
    }
}
